# Completion of apicli for fish. The program itself knows the candidates.
function __apicli_candidates
    set -l words (commandline -opc)
    # fish looks for what fits the word at the cursor; only the values of `--flag=` are asked for by it.
    set -l token (commandline -ct | string join '')
    set -l lead (string match -r -- '^--[^=]+=' "$token")
    # It quotes what it inserts, all but a `~` at the beginning, which would become somebody's home.
    set -l left_out '^$'
    string match -qr -- '^[\'"\\\\]' "$token"; or set left_out '^~|^$'
    apicli __complete $words[2..-1] "$lead" 2>/dev/null | string match -rv -- $left_out
end
complete -c apicli -f -a '(__apicli_candidates)'
complete -c apicli -l body -F
