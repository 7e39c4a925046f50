curl -v http://[fd71:2::2]:8080/
