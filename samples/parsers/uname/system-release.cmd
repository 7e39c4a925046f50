uname -sr
