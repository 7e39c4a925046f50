iperf3 --connect-timeout 1000 -c 10.71.2.2 -p 9000 -t 1
