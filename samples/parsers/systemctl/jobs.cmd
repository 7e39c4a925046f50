systemctl list-jobs
