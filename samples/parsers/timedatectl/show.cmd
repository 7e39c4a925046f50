timedatectl show
