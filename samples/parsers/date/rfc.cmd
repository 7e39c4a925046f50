date -R
