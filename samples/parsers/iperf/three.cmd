iperf3 -c 10.71.2.2 -t 2
