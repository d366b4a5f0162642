//! A key made in each comparison.

#[derive(Clone)]
struct Person {
    name: String,
    age: u32,
}

fn by_name(people: &mut [Person]) {
    people.sort_by_key(|person| person.name.to_lowercase());
}

fn main() {
    let mut people: Vec<Person> = (0..500_u32)
        .map(|n| (n, n.wrapping_mul(2_654_435_761) % 99_991))
        .map(|(age, n)| Person { name: format!("Person {n}"), age })
        .collect();
    for _ in 0..40 {
        people.reverse();
        people.swap(7, 300);
        by_name(&mut people);
    }
    println!("{} {}", people[0].name, people[0].age);
}

#[test]
fn names_are_sorted() {
    let mut two = [("b", 1), ("A", 2)].map(|(name, age)| Person { name: name.to_owned(), age });
    by_name(&mut two);
    assert_eq!(two[0].age, 2);
}
