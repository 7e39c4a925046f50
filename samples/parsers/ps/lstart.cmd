ps -eo pid,lstart,args
