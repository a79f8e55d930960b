CREATE TABLE half (n int);
CREATE TABLE other (n nonsense);
