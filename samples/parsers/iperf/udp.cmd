iperf3 -u -b 1M -c 10.71.2.2 -t 1
