#!/bin/sh
# As a program that `BROWSER` names.
exec node "$(dirname "$0")/browser.mjs" "$@"
