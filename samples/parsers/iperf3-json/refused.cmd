iperf3 -J -c 10.71.2.2 -p 5999
