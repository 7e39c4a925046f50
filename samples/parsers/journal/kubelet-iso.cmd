journalctl -o short-iso -u kubelet -u docker --since yesterday
