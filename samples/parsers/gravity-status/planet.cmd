planet status
