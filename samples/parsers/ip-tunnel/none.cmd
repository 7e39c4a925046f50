ip tunnel show
