# Faults between every two parts, met by the real client's turn machine.
add_executable(turns_tool ${CMAKE_CURRENT_LIST_DIR}/../support/turns_tool.cpp)
target_link_libraries(turns_tool PRIVATE wsdeep_session)

set_tests_properties(integration.faults PROPERTIES TIMEOUT 1800)  # as of a thousand turns
