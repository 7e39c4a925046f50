ip neighbor show
