# Completion of apicli for bash. The program itself knows the candidates.

# Reads $1 as bash will, but expands nothing: `words`, the last of which is not ended yet, and `quote`, the quote that is
# open. Fails where that cannot be known for certain.
__apicli_read() {
    local rest=$1 run char word='' begun='' depth=0
    words=() quote=''
    while [[ -n $rest ]]; do
        case $quote in
            "'")
                run=${rest%%"'"*} word+=$run rest=${rest:${#run}}
                [[ -z $rest ]] || quote='' rest=${rest:1}
                continue
                ;;
            '"') run=${rest%%[\"\\\$\`]*} ;;
            *) run=${rest%%[!-[:alnum:]_./:@%+=,\{\}~\!#^*?]*} ;;
        esac
        if [[ -n $run ]]; then
            word+=$run begun=1 rest=${rest:${#run}}
            continue
        fi
        char=${rest:0:1} rest=${rest:1}
        if ((depth)); then
            # What a command inside will print is unknown, and so are its quotes.
            case $char in
                ['"`\']|"'") return 1 ;;
                '(') ((depth++)) ;;
                ')') ((depth--)) ;;
            esac
            word+=$char
        elif [[ $quote == '"' ]]; then
            case $char in
                '"') quote='' ;;
                '\')
                    [[ -n $rest ]] || return 1
                    [[ ${rest:0:1} == [\"\\\$\`] ]] || word+=$char
                    word+=${rest:0:1} rest=${rest:1}
                    ;;
                *)
                    [[ $char == '$' && ${rest:0:1} != ['({'] ]] || return 1
                    word+=$char
                    ;;
            esac
        else
            case $char in
                [[:space:]])
                    [[ -z $begun ]] || words+=("$word")
                    word='' begun=''
                    continue
                    ;;
                '"' | "'") quote=$char ;;
                '\')
                    [[ -n $rest ]] || return 1
                    word+=${rest:0:1} rest=${rest:1}
                    ;;
                '$')
                    [[ ${rest:0:1} != [\"\'\{] ]] || return 1
                    if [[ ${rest:0:1} == '(' ]]; then
                        depth=1 rest=${rest:1}
                    fi
                    word+=$char
                    ;;
                ['`;&|<>()']) return 1 ;;
                *) word+=$char ;;
            esac
            begun=1
        fi
    done
    ((depth == 0)) || return 1
    words+=("$word")
}

_apicli() {
    local line=${COMP_LINE:0:COMP_POINT} after=${COMP_LINE:COMP_POINT} text=$2
    local words quote typed head name part values=() bare=1
    COMPREPLY=()
    # Readline replaces $2, which begins behind the last of COMP_WORDBREAKS or an open quote.
    [[ $line == *"$text" ]] && __apicli_read "$line" || return 0
    typed=("${words[@]:1}")
    __apicli_read "${line:0:${#line}-${#text}}" || return 0
    # A quote that is closed here would open at what stands behind.
    [[ -z $quote || -z ${after//[[:space:]]/} ]] || return 0
    head=${words[${#words[@]}-1]}
    while IFS=$'\t' read -r name _; do
        [[ $name == "$head"* ]] || continue
        part=${name:${#head}}
        values+=("$part")
        case $part in
            '' | *[!-[:alnum:]_./:@%+=,]*) bare='' ;;
        esac
    done < <(apicli __complete "${typed[@]}" 2>/dev/null)
    # What all of them have in common is inserted, so that all have to be quoted in the same way.
    for part in "${values[@]}"; do
        case $quote in
            '"')
                part=${part//\\/\\\\} part=${part//\"/\\\"} part=${part//\$/\\\$} part=${part//\`/\\\`}
                # A backslash would stay there, and without one it would be looked up in the history.
                part=${part//\!/\"\\\!\"}\"
                ;;
            "'") part=${part//\'/\'\\\'\'}\' ;;
            *) [[ -n $bare ]] || part="'${part//\'/\'\\\'\'}'" ;;
        esac
        # Readline takes an opening quote for the one that stands there already.
        [[ -z $quote || $part != "$quote"* ]] || part=$quote$part
        COMPREPLY+=("$part")
    done
    # `--metadata.` wants its key right behind it.
    if [[ ${#values[@]} -eq 1 && $head${values[0]} == --*. ]]; then
        compopt -o nospace
    fi
}
complete -o default -F _apicli apicli
