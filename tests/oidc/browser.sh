#!/bin/sh
# What BROWSER can name: a program that takes a URL.
exec node "$(dirname "$0")/browser.mjs" "$@"
