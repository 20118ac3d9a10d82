#!/bin/sh
# Makes `tradekeep` a command of this user and puts it into the desktop's menu. It copies nothing of
# the program: this folder stays where it is. `uninstall.sh` takes all of it away again.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
data=${XDG_DATA_HOME:-$HOME/.local/share}
mkdir -p "$HOME/.local/bin" "$data/applications" "$data/icons/hicolor/scalable/apps" "$data/man/man1"
ln -sf "$here/tradekeep" "$HOME/.local/bin/tradekeep"
cp "$here/share/tradekeep.svg" "$data/icons/hicolor/scalable/apps/tradekeep.svg"
cp "$here/share/tradekeep.1" "$data/man/man1/tradekeep.1"
# In an Exec line a quoted word has its backslashes doubled twice.
quoted=$(printf '%s' "$here/tradekeep" | sed -e 's/[\\"`$]/\\\\&/g' -e 's/%/%%/g')
while IFS= read -r line; do
  case $line in
    Exec=*) printf 'Exec="%s"\n' "$quoted" ;;
    *) printf '%s\n' "$line" ;;
  esac
done <"$here/share/tradekeep.desktop" >"$data/applications/tradekeep.desktop"
echo "Tradekeep is in the menu now, and here: $HOME/.local/bin/tradekeep"
case ":$PATH:" in
  *":$HOME/.local/bin:"*) ;;
  *) echo "To type tradekeep in a terminal, log in anew or add $HOME/.local/bin to PATH." ;;
esac
