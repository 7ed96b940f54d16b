# Our SRP against the same protocol written down in Python's integers, which needs nothing but python3.
add_executable(srp_tool ${CMAKE_CURRENT_LIST_DIR}/../support/srp_tool.cpp)
target_link_libraries(srp_tool PRIVATE wsdeep_auth)

add_test(NAME integration.srp_python
         COMMAND ${PYTHON3} ${CMAKE_CURRENT_LIST_DIR}/srp_python.py $<TARGET_FILE:srp_tool>)
set_tests_properties(integration.srp_python PROPERTIES LABELS foreign TIMEOUT 300)
