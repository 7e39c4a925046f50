ip -d link show
