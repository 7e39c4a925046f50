tail -n 200 /var/log/kern.log
