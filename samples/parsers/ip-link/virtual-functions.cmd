ip -s link show dev enp3s0f0
