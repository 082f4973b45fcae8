#!/bin/sh
# Puts Glassine, as built in this folder, into the user's own ~/.local/bin and starts it with the session.
# Nothing outside the user's home is touched, and no right of an administrator is needed.
#   installers/linux/install-user.sh              install
#   installers/linux/install-user.sh --uninstall  remove what this put there; vaults and history stay
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
bin="$HOME/.local/bin"
units="${XDG_CONFIG_HOME:-$HOME/.config}/systemd/user"

# Whether a systemd of the user's own answers: there is none in a container or on other init systems.
has_session() {
  command -v systemctl >/dev/null 2>&1 && systemctl --user show-environment >/dev/null 2>&1
}

if [ "${1:-}" = --uninstall ]; then
  if has_session; then systemctl --user disable --now glassine.service || true; fi
  rm -f -- "$bin/glassine" "$units/glassine.service"
  if has_session; then systemctl --user daemon-reload; fi
  echo "Glassine no longer starts. Your vaults and its history were not touched."
  exit 0
fi

main="$root/dist/src/main.js"
if [ ! -f "$main" ]; then
  echo "Not built yet: run 'npm ci' in $root first." >&2
  exit 1
fi
node=$(command -v node) || { echo "Node is missing: install Node 20.19 or newer." >&2; exit 1; }

mkdir -p -- "$bin" "$units"
# The wrapper is written whole and then renamed, so that a session never starts half of it.
{
  echo '#!/bin/sh'
  printf 'exec "%s" "%s" "$@"\n' "$node" "$main"
} >"$bin/glassine.new"
chmod 755 "$bin/glassine.new"
mv -f -- "$bin/glassine.new" "$bin/glassine"
sed "s|^ExecStart=.*|ExecStart=\"$bin/glassine\" run|" "$root/systemd/glassine.service" \
  >"$units/glassine.service"

if has_session; then
  systemctl --user daemon-reload
  systemctl --user enable --now glassine.service
  echo "Glassine runs now, and with every session. 'glassine status' says what it keeps."
else
  echo "Installed $bin/glassine and $units/glassine.service."
  echo "There is no systemd of your own here; start it with 'glassine run'."
fi
case ":$PATH:" in
  *":$bin:"*) ;;
  *) echo "Add $bin to your PATH to call it by name." ;;
esac
