#compdef apicli
# Completion of apicli for zsh. The program itself knows the candidates.
_apicli() {
    local -a candidates
    local name about
    while IFS=$'\t' read -r name about; do
        candidates+=("${name//:/\\:}:${about}")
    done < <(apicli __complete "${(@)words[2,CURRENT]}" 2>/dev/null)
    if (( ${#candidates} )); then
        _describe 'apicli' candidates
    else
        _files
    fi
}
if [[ "$funcstack[1]" == "_apicli" ]]; then
    _apicli "$@"
else
    compdef _apicli apicli
fi
