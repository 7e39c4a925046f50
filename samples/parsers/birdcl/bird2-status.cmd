birdc show status
