talosctl -n 192.168.60.21 logs kubelet
