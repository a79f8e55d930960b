# Read by the shell before workflow.sh (BASH_ENV). `watch` runs for ever, so here it is interrupted
# after a while, as a person would do; and every command announces itself, so that what each of
# them printed can be told apart. The lines of the workflow stay as they are.
watch() {
  timeout --foreground -s INT "${WATCH_SECONDS:-5}" watch "$@"
}
announce() {
  printf '\n@@@ scan=%s heal=%s @@@ %s\n' "${SCAN_ID:-}" "${HEAL_ID:-}" "$1"
}
trap 'announce "${BASH_COMMAND//$'"'\\n'"'/ }"' DEBUG
trap 'trap - DEBUG; announce end' EXIT
