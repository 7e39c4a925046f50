uname -mrn
