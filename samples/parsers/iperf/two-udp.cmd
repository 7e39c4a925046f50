iperf -u -c 10.71.2.2 -p 5002 -t 1
