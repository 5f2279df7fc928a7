# What the run scripts of the toolkits share: the lines they print. To be sourced. Does not know any toolkit.

# imports_cleanly <toolkit> <command…>: passes when the command succeeds without a line that warns.
# The shell's `set -e` does not hold in here: a function given as command joins its steps with &&.
imports_cleanly() {
  local toolkit=$1 log=$WORK/import.log
  shift
  if "$@" >"$log" 2>&1 && ! grep --quiet --ignore-case --extended-regexp 'warn|error' "$log"; then
    printf 'ok - %s import of the WSDL without a warning\n' "$toolkit"
  else
    printf 'not ok - %s import of the WSDL without a warning\n' "$toolkit"
    sed 's/^/    /' "$log"
    return 1
  fi
}

# refuses_stranger <toolkit> <its words for it> <command…>: the command trusts another CA than the server's, and must fail
# for that reason before anything else. The rest is worth nothing with verification switched off.
refuses_stranger() {
  local toolkit=$1 words=$2 log=$WORK/stranger.log status=0
  shift 2
  "$@" >"$log" 2>&1 || status=$?
  if ((status != 0)) && grep --quiet "$words" "$log" && ! grep --quiet '^ok' "$log"; then
    printf 'ok - %s refuses a server of a CA it does not trust\n' "$toolkit"
  else
    printf 'not ok - %s refuses a server of a CA it does not trust: exit code %d\n' "$toolkit" "$status"
    sed 's/^/    /' "$log"
    return 1
  fi
}
