iperf3 -P 2 -c 10.71.2.2 -t 1
