iperf3 -c 10.66.1.1 -t 1
