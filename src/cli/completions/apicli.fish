# Completion of apicli for fish. The program itself knows the candidates.
function __apicli_candidates
    set -l words (commandline -opc) (commandline -ct)
    apicli __complete $words[2..-1] 2>/dev/null
end
complete -c apicli -f -a '(__apicli_candidates)'
complete -c apicli -l body -F
