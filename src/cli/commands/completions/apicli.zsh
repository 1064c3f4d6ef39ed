#compdef apicli
# Completion of apicli for zsh. The program itself knows the candidates.
_apicli() {
    local -a typed names shown keys shown_keys
    local name about line lead=''
    typed=("${(@Q)words[2,CURRENT-1]}")
    # The value of `--flag=`.
    if [[ $PREFIX == --[^=]*=* ]]; then
        lead=${PREFIX%%=*}=
        compset -P 1 '*='
    fi
    # compadd quotes what it inserts, and shows lines as they are; `_describe` and headings know escapes.
    while IFS=$'\t' read -r name about; do
        [[ $name == "$lead"* ]] || continue
        name=${name#"$lead"}
        [[ -n $name ]] || continue
        line=$name${about:+  -- $about}
        # `--metadata.` wants its key right behind it.
        if [[ -z $lead && $name == --*. ]]; then
            keys+=("$name") shown_keys+=("$line")
        else
            names+=("$name") shown+=("$line")
        fi
    done < <(apicli __complete "${typed[@]}" "$lead" 2>/dev/null)
    if (( ${#names} + ${#keys} )); then
        compadd -l -d shown -a -- names
        compadd -S '' -l -d shown_keys -a -- keys
    else
        _files
    fi
}
if [[ "$funcstack[1]" == "_apicli" ]]; then
    _apicli "$@"
else
    compdef _apicli apicli
fi
