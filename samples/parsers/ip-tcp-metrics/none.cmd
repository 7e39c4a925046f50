ip tcp_metrics show
