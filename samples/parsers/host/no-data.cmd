host -t MX nodata.example 10.71.2.2
