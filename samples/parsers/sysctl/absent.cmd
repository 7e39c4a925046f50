sysctl net.bridge.bridge-nf-call-iptables
