"""Peg & Ticket as a Django site: the pages that it shares with the shop in Rust."""
import pymysql

# Django asks for mysqlclient; this driver needs no compiler and says the same words.
pymysql.install_as_MySQLdb()
