# Completion of apicli for bash. The program itself knows the candidates.
_apicli() {
    local words=("${COMP_WORDS[@]:1:COMP_CWORD}") line
    COMPREPLY=()
    while IFS=$'\t' read -r line _; do
        COMPREPLY+=("$line")
    done < <(apicli __complete "${words[@]}" 2>/dev/null)
    # `--metadata.` wants its key right behind it.
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *. ]]; then
        compopt -o nospace
    fi
}
complete -o default -F _apicli apicli
