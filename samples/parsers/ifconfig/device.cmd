ifconfig eth0
