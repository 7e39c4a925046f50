bridge mdb
