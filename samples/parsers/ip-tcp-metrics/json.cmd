ip -j tcp_metrics
