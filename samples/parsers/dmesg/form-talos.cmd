talosctl dmesg -n 192.168.56.11
