#!/bin/sh
# The quick start: builds apicli, makes a plugin from a document, and takes a customer through its life against the
# mock server. Needs Rust and nothing else; touches nothing outside of target/.
set -eu
cd "$(dirname "$0")/.."

cargo build --locked --quiet
PATH="$PWD/${CARGO_TARGET_DIR:-target}/debug:$PATH"
# A home of its own: what is agreed to is kept there.
export HOME="$PWD/target/quick-start-home"
export XDG_DATA_HOME="$HOME/data"
export APICLI_PLUGINS_DIR="$PWD/target/quick-start"
export APICLI_STRIPE_TOKEN=sk_test_quick_start

say() {
    printf '\n$ %s\n' "$*"
    "$@"
}

# What an earlier run left.
rm -rf target/quick-start target/quick-start-home target/quick-start.url target/quick-start.log

say apicli gen specs/stripe.yaml

printf '\n$ apicli mock stripe --port 0 &\n'
apicli mock stripe --port 0 >target/quick-start.url 2>target/quick-start.log &
mock=$!
trap 'kill $mock 2>/dev/null || true' EXIT INT TERM
while [ ! -s target/quick-start.url ]; do
    kill -0 $mock || { cat target/quick-start.log; exit 1; }
done
url=$(cat target/quick-start.url)
echo "$url"

create() {
    apicli stripe customers create --email a@b.c --address.city Paris --metadata.plan pro --server "$url"
}
printf '\n$ apicli stripe customers create --email a@b.c --address.city Paris --metadata.plan pro --server %s\n' "$url"
id=$(create | sed -n 's/^  "id": "\(.*\)",*$/\1/p')
echo "created $id"
say apicli stripe customers update "$id" --name "Corner shop" --server "$url" | sed -n '1,2p;/^  "\(email\|id\|name\)"/p'
say apicli stripe customers get "$id" --server "$url" | sed -n '1,2p;/^  "\(email\|id\|name\)"/p'
say apicli stripe customers list --limit 3 --server "$url" | sed -n '1,2p;/^      "\(email\|id\|name\)"/p'
say apicli stripe customers delete "$id" --server "$url"
printf '\n$ apicli stripe customers get %s --server %s\n' "$id" "$url"
apicli stripe customers get "$id" --server "$url" || echo "(exit code $?)"

printf '\nThe script behind these commands is yours to edit:\n'
say apicli path stripe customers
