tail -n +1 /etc/cni/net.d/10-bridge.conf /etc/cni/net.d/99-loopback.conf
