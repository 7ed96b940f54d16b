# Our signer against botocore's. Foreign peer: python3 with botocore; without it the test counts as skipped.
add_executable(sigv4_tool ${CMAKE_CURRENT_LIST_DIR}/../support/sigv4_tool.cpp)
target_link_libraries(sigv4_tool PRIVATE wsdeep_aws)

add_test(NAME integration.sigv4_botocore
         COMMAND ${PYTHON3} ${CMAKE_CURRENT_LIST_DIR}/sigv4_botocore.py $<TARGET_FILE:sigv4_tool>)
set_tests_properties(integration.sigv4_botocore PROPERTIES LABELS foreign SKIP_RETURN_CODE 77 TIMEOUT 300)
