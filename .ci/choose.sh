# shellcheck shell=bash
# Which parts run. Sourced by .ci/run.

green=$cache/green # a file for each part: the commit at which it passed
declare -a chosen=()
declare -A weaker=() # parts that ran without something, with what it was

# The commit to compare a part with; nothing where there is none.
base_of() { # part
    local base='' main
    if [ -n "${APICLI_CI_BASE:-}" ]; then
        base=$APICLI_CI_BASE
    elif main=$(git merge-base HEAD origin/main 2>/dev/null) && [ "$main" != "$(git rev-parse HEAD)" ]; then
        base=$main
    elif [ -f "$green/$1" ]; then
        base=$(cat "$green/$1")
    fi
    git rev-parse --quiet --verify "$base^{commit}" 2>/dev/null || true
}

# Files among the given paths that differ from a commit: committed, not yet committed, and new.
changed_since() { # commit, paths
    local base=$1
    shift
    git diff --name-only --no-renames "$base" -- "$@"
    git ls-files --others --exclude-standard -- "$@"
}

# Says for each part whether it runs and why, and fills `chosen`.
choose() {
    local part base why path files
    if [ -n "${APICLI_CI_BASE:-}" ] && ! git rev-parse --quiet --verify "$APICLI_CI_BASE^{commit}" >/dev/null; then
        echo "error: APICLI_CI_BASE is \`$APICLI_CI_BASE\`, which is not a commit of this repository" >&2
        exit 2
    fi
    printf '%-10s %-4s %s\n' core runs "always"
    for part in "${parts[@]}"; do
        if [ -n "${wants[$part]}" ] && ! [ -e "${wants[$part]}" ]; then
            printf '%-10s %-4s %s\n' "$part" - "there is no ${wants[$part]}"
            continue
        fi
        # A path that was moved or misspelt would leave its part out without a word.
        for path in ${paths[$part]}; do
            [ -n "$(git ls-files --cached --others --exclude-standard -- "$path" | head -n 1)" ] || {
                echo "error: .ci/parts.sh: the part \`$part\` depends on \`$path\`, which is not there" >&2
                exit 2
            }
        done
        base=$(base_of "$part")
        if $all; then
            why="--all"
        elif [ -z "$base" ]; then
            why="nothing to compare with"
        else
            # shellcheck disable=SC2086 # a list of words
            files=$(changed_since "$base" ${paths[$part]} $everything)
            if [ -z "$files" ]; then
                printf '%-10s %-4s %s\n' "$part" - "nothing that it depends on differs from ${base:0:9}"
                continue
            fi
            why="$(head -n 1 <<<"$files") differs from ${base:0:9}"
            [ "$(wc -l <<<"$files")" = 1 ] || why+=", and $(($(wc -l <<<"$files") - 1)) more"
        fi
        chosen+=("$part")
        printf '%-10s %-4s %s\n' "$part" runs "$why"
    done
}

# A part goes on without something that could not be had: it says so, and does not count as passed.
without() { # part, what
    echo "not run: $1: $2"
    weaker[$1]=$2
}

# Notes the commit for what has run in full. Files that are not committed are nobody's commit.
passed() {
    local part
    for part in "${!weaker[@]}"; do
        echo "not run: $part: ${weaker[$part]}"
    done
    [ -z "$(git status --porcelain)" ] || return 0
    mkdir -p "$green"
    for part in "${chosen[@]}"; do
        [ -n "${weaker[$part]:-}" ] || git rev-parse HEAD >"$green/$part"
    done
}

declare -a packages=()

# Notes the Debian packages of commands that are missing.
tool() { # command:package ...
    local pair
    for pair in "$@"; do
        command -v "${pair%%:*}" >/dev/null || packages+=("${pair#*:}")
    done
}

install_tools() {
    [ -e /etc/ssl/certs/ca-certificates.crt ] || packages+=(ca-certificates)
    [ ${#packages[@]} -gt 0 ] || return 0
    if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -q
        apt-get install -q -y --no-install-recommends "${packages[@]}"
    else
        echo "missing, and not root on a Debian to install them: ${packages[*]}"
    fi
}
