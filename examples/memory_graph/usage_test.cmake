# A wrong command line ends with status 2, says what is wrong on standard error, and prints nothing
# on standard output.
execute_process(COMMAND ${PROGRAM} ${ARGUMENTS}
  RESULT_VARIABLE status OUTPUT_VARIABLE out ERROR_VARIABLE err)
if(NOT status EQUAL 2)
  message(FATAL_ERROR "status ${status}, wanted 2; standard error: ${err}")
endif()
string(FIND "${err}" "${MESSAGE}" place)
if(place EQUAL -1)
  message(FATAL_ERROR "'${MESSAGE}' is not in: ${err}")
endif()
if(NOT out STREQUAL "")
  message(FATAL_ERROR "standard output is not empty: ${out}")
endif()
