ping -c1 -W1 ff02::1%eth0
