iperf3 -R -c 10.71.2.2 -t 1
