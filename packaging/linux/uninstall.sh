#!/bin/sh
# Takes away what `install.sh` made. Settings, keys and backups stay: `tradekeep doctor` says where
# they are. This folder can be deleted afterwards.
set -eu
data=${XDG_DATA_HOME:-$HOME/.local/share}
rm -f "$HOME/.local/bin/tradekeep" "$data/applications/tradekeep.desktop" \
  "$data/icons/hicolor/scalable/apps/tradekeep.svg" "$data/man/man1/tradekeep.1"
echo "Tradekeep is out of the menu. Settings and backups are where they were."
