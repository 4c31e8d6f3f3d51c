#!/bin/sh
# The command line of FracBits Studio: the application without its window. No page is loaded, so there is nothing for the sandbox to hold,
# and no display is needed. What follows "--" reaches the command as it was typed.
exec "$(dirname "$(readlink -f "$0")")/fracbits-studio" --no-sandbox --ozone-platform=headless --log-level=3 --cli -- "$@"
