crictl ps -a
